"""What the page keeps: uploads, the imports that were started, the mappings that people decided."""

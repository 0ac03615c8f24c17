"""The screens of the page, one file each: what it shows, and what its forms do."""

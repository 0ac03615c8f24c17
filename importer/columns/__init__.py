"""What pandas and Arrow lack: text columns between the two, a step that runs ahead, memory given back."""

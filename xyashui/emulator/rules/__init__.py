"""The rules by which the emulated model answers. General ones: none knows a prompt by heart."""

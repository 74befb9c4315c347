"""What the emulator brings along in place of the internet: files and web pages."""

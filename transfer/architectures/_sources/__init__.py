"""Libraries of networks, one a file: what `library:name` means, told without importing torch or the library."""

"""Libraries of attacks, one a file: what `library:Name` means, told without importing torch or the library."""

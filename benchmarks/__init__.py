"""What is timed, and against what: side by side in one run, medians of interleaved rounds."""

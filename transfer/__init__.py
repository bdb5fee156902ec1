"""What a practice brings with it and takes along: spreadsheets in, everything out in open formats, and in again."""

"""Tasks between sessions (välitehtävät): given, answered with text and files, discussed, reminded of once."""

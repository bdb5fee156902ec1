"""The papers of data protection, out of the configuration and the facts of the practice."""

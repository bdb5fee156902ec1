"""What goes when its time has come: the nightly run, what goes next, and what is held back."""

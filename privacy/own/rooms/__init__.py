"""What each room holds on somebody: one collector a room."""

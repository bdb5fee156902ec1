"""What is kept, shown and erased: retention, a person’s own data, requests, incidents, the papers of it."""

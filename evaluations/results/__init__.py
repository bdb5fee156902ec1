"""Results: collected once from the answers of closed rounds, and shown on pages and on paper as they were collected."""

"""Times that a supervisor offers: picked by the first, or weighed by all and chosen by the supervisor."""

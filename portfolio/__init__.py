"""The supervisor’s own growth: training, standing, ethics, supervision of supervision, continuing education."""

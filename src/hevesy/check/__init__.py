"""What may be said: figures of ours beside what others published."""

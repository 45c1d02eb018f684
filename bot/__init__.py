"""What Easel is, without a single command in it."""

"""What programs are judged on and learn from."""

"""What can be made to go wrong: answers, errors, streams and the connection."""

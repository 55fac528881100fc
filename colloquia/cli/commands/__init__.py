"""What each command is called and what it takes; what it does is imported only when it is called."""

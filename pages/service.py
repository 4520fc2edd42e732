"""Service: the four signals of one service."""

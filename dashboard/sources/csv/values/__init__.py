"""What single values and columns say: times, numbers with units."""

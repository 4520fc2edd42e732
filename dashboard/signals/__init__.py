"""Pure: samples of one service in, what is shown of its latency, traffic, errors and saturation out."""

"""Pure: samples in, what is shown of latency, traffic, errors and saturation out."""

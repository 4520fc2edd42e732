"""The engine: one poller asks the source, keeps what is needed of the past, and publishes a snapshot per refresh."""

"""The engine: one poller asks the source, keeps the past that is needed, and publishes a snapshot per refresh."""

"""Pure: which versions answered when → deploys, rollbacks and scaling that no sender announced."""

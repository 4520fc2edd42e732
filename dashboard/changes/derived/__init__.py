"""Pure: which versions answered when → deploys, rollbacks and scaling that nobody told of."""

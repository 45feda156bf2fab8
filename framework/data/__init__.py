"""What the engine asks of a data layer, in small protocols, and the layer that keeps everything in memory."""

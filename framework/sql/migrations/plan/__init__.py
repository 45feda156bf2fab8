"""From differences to a step that keeps the records: decided, ordered, converted, filled and looked at first."""

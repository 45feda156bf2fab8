"""Jobs that repeat by themselves: when each is due stands in the database, so deploys and restarts move nothing."""

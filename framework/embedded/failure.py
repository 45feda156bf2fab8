"""Why an embedded server is not there."""


class ServerFailed(Exception):
    """A server did not start, or does not stay up."""

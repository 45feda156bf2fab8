"""GraphQL over HTTP and WebSocket: what is asked, what may be answered, and how it is sent."""

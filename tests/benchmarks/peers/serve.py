"""The hand-written service: both lists, served with the very settings of our API (`api/serve.py`)."""

from __future__ import annotations

import argparse
import os

import uvicorn
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from tests.benchmarks.peers.graphql_list import graphql_router
from tests.benchmarks.peers.rest_list import rest_router

HOST = "127.0.0.1"


def create_app(database_url: str) -> FastAPI:
    """The service over a database."""
    address = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_async_engine(address, pool_size=10, max_overflow=10)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    app = FastAPI()
    app.include_router(rest_router(sessions))
    app.include_router(graphql_router(sessions), prefix="/graphql")

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    uvicorn.run(create_app(os.environ["DATABASE_URL"]), host=HOST, port=port, log_level="warning", access_log=False)

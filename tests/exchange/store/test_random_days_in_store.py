"""Random days in SQL: a store that followed them in uneven batches is row for row one that was made of them at once."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from exchange.store.projection import Projection
from exchange.store.rebuild import verify
from tests.exchange.store.stores import new_projected, opened
from tests.models.test_random_days import Life

DAYS = 12


@pytest.mark.parametrize("seed", range(4))
async def test_a_rebuilt_store_equals_the_live_one_row_for_row(seed: int, tmp_path: Path) -> None:
    life, random = Life(seed), Random(seed)
    life.live(DAYS)
    live = await opened(f"sqlite:///{tmp_path / 'live.sqlite'}")
    projection, place = Projection(live), 0
    while place < len(life.events):
        batch = random.choice((1, 7, 40, 300))
        await projection.apply(life.events[place : place + batch])
        place += batch
    url = f"sqlite:///{tmp_path / 'rebuilt.sqlite'}"
    await new_projected(url, life.events)
    rebuilt = await opened(url)
    assert await verify(live, rebuilt) == []
    for database in (live, rebuilt):
        await database.close()

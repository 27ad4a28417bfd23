from __future__ import annotations

import pytest
from msgspec import Struct
from sqlalchemy import Table

from exchange.store import records, schema


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (records.OrderRecord, schema.orders),
        (records.RefusedOrderRecord, schema.refused_orders),
        (records.FillRecord, schema.fills),
        (records.TradeRecord, schema.trades),
        (records.PostingRecord, schema.postings),
        (records.SettlementRecord, schema.settlements),
        (records.ActionRecord, schema.corporate_actions),
    ],
    ids=lambda value: value.name if isinstance(value, Table) else value.__name__,
)
def test_a_record_has_its_tables_columns_in_order(record: type[Struct], table: Table) -> None:
    assert list(record.__struct_fields__) == [column.name for column in table.columns]

"""Workbooks (.xlsx, .xls, .ods) -> Table: their sheets, cells and number formats."""

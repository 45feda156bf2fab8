"""What every transport shares: filters, sorting, cursors and failures as clients write and read them."""

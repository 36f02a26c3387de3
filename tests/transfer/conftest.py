"""The science is tested as it runs: one torch thread, deterministic."""

from transfer.stages import settle

settle(1)

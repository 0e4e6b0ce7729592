"""What every process of passerby needs: exit statuses, log lines, no core dumps."""

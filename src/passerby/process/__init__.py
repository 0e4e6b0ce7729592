"""What every process of ours needs: exit statuses, log lines, no core dumps."""

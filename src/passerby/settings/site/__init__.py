"""What a site file may say."""

"""What is wrong with definitions as a Prometheus shows it: how often it scrapes, how many events there were."""

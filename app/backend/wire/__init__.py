"""Messages of Grafana's plugin protocol, made of ``pluginv2.proto`` by ``make proto``."""

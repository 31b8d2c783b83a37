// Stands where the running Grafana would be: no switch is set, and there is nothing to ask.
module.exports = { config: { featureToggles: {} }, getDataSourceSrv: () => ({ getInstanceSettings: () => undefined }) };

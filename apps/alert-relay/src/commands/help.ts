// What --help says.
export const HELP = `alert-relay: takes AlertManager's webhooks and brings each alert to people, whatever breaks on the way.

Usage:
  alert-relay [run] --config FILE [--port PORT]
      Runs the relay. SIGHUP or POST /-/reload reads the file again.
  alert-relay check-config --config FILE
      Says everything that is wrong with the file, templates included; exit code 0 where nothing is.
  alert-relay preview --channel NAME [--payload FILE] --config FILE
      Prints exactly what that channel's server would get, and its size against the limit. FILE: a webhook's JSON; without it, a sample.
  alert-relay send-test --channel NAME --config FILE
      Sends one test message through the channel, and says what the server answered.
  alert-relay dead list [--channel NAME] --config FILE
  alert-relay dead replay (--id N[,N…] | --channel NAME | --all) [--to NAME] --config FILE
  alert-relay dead discard (--id N[,N…] | --channel NAME | --all) --config FILE
      Dead letters: notifications that were given up. Asks the running relay; opens the store itself where none runs.

Options:
  --config FILE   The configuration file, YAML. Environment: ALERT_RELAY_CONFIG. Default: monitoring/alert-relay.yml
  --port PORT     Takes the place of the port in the file's listen. Environment: ALERT_RELAY_PORT, PORT
  --help, --version
`;

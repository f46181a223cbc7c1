// Prints the rules: file name -> rule file, one file for each service, and one for the alerts that are for all of them.
//   tallystick export slo-definitions > slos.json
//   jsonnet -J . -m DIR --tla-code-file slos=slos.json rules/rules.jsonnet
// slos: as `tallystick export` prints them; config: see config.libsonnet.
local forAll = import 'exporter.jsonnet';
local services = import 'services.jsonnet';

function(slos=[], config={}) services(slos, config) + forAll(slos, config)

// Filled in by the commits that follow.
import { kubernetesPrograms } from './programs.js';
console.log(await kubernetesPrograms(console.log));

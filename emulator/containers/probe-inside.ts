/** Run in the network namespace of a task: makes the request of its argument, in JSON, and prints the answer in JSON. */
import type {Probe} from '../ecs/runtime.ts'
import {probeHttp} from './probe.ts'

process.stdout.write(JSON.stringify(await probeHttp(JSON.parse(process.argv[2] ?? '') as Probe)))

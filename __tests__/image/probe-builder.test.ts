import {expect, test} from '@jest/globals'
import {builderNames, readBuilder, worksAlone} from '../../src/image/probe-builder.ts'

const container = `Name:          cont
Driver:        docker-container
Last Activity: 2026-11-21 07:39:58 +0000 UTC

Nodes:
Name:     cont0
Endpoint: unix:///nonexistent
Error:    Cannot connect to the Docker daemon at unix:///nonexistent. Is the docker daemon running?
`
const remote = `Name:          far
Driver:        remote
Last Activity: 2026-11-21 07:34:27 +0000 UTC

Nodes:
Name:     far0
Endpoint: tcp://10.0.0.1:1234
Status:   inactive
`
const unreachable = `Name:   default
Driver: 
Error:  Cannot connect to the Docker daemon at unix:///nonexistent. Is the docker daemon running?
`

const error = 'Cannot connect to the Docker daemon at unix:///nonexistent. Is the docker daemon running?'

test.each([
  [container, {driver: 'docker-container', endpoint: 'unix:///nonexistent', error}, false],
  [remote, {driver: 'remote', endpoint: 'tcp://10.0.0.1:1234', error: ''}, true],
  [unreachable, {driver: '', endpoint: '', error}, false],
  ['', {driver: '', endpoint: '', error: 'ERROR: a complaint'}, false]
])('what buildx tells of a builder is read', (inspected, builder, alone) => {
  expect(readBuilder(inspected, 'ERROR: a complaint\n')).toEqual(builder)
  expect(worksAlone(builder)).toBe(alone)
})

test.each([
  [
    'of today',
    `NAME/NODE     DRIVER/ENDPOINT           STATUS    BUILDKIT       PLATFORMS
cont          docker-container
 \\_ cont0      \\_ unix:///nonexistent   error
far*          remote
 \\_ far0       \\_ tcp://10.0.0.1:1234   inactive
default       docker
 \\_ default    \\_ default               running   v0.8+unknown   linux/amd64, linux/386

`
  ],
  [
    'before 0.13',
    `NAME/NODE   DRIVER/ENDPOINT             STATUS   BUILDKIT PLATFORMS
cont        docker-container
  cont0     unix:///var/run/docker.sock running  v0.10.0  linux/amd64
far *       remote
  far0      tcp://10.0.0.1:1234
default     docker
  default   default                     running  20.10.24 linux/amd64
`
  ]
])('builders are found in a list %s', (_, list) => {
  expect(builderNames(list)).toEqual(['cont', 'far', 'default'])
})

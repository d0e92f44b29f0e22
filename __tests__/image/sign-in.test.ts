import {lstat, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join, relative} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {configure, signIn} from '../../src/image/sign-in.ts'
import {temporaryDirectory, testWorld} from './support.ts'

const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
const authorization = {host, token: 'QVdTOnMzY3IzdA=='}

describe('the configuration', () => {
  test('has the token, and where the plugins are', () => {
    expect(configure({}, host, 'T', '/home/me/.docker/cli-plugins')).toEqual({
      auths: {[host]: {auth: 'T'}},
      cliPluginsExtraDirs: ['/home/me/.docker/cli-plugins']
    })
  })

  test('keeps all that the user has', () => {
    const own = {
      auths: {'https://index.docker.io/v1/': {auth: 'hub'}, [host]: {auth: 'old'}},
      proxies: {default: {httpsProxy: 'http://proxy:3128'}},
      currentContext: 'remote',
      cliPluginsExtraDirs: ['/opt/plugins']
    }
    expect(configure(own, host, 'T', '/p')).toEqual({
      ...own,
      auths: {'https://index.docker.io/v1/': {auth: 'hub'}, [host]: {auth: 'T'}},
      cliPluginsExtraDirs: ['/opt/plugins', '/p']
    })
  })

  test.each([
    [{credsStore: 'desktop'}, {[host]: ''}],
    [{credHelpers: {[host]: 'ecr-login', 'ghcr.io': 'gh'}}, {[host]: '', 'ghcr.io': 'gh'}]
  ])('passes %j by for this host only', (own, credHelpers) => {
    expect(configure(own, host, 'T', '/p')).toMatchObject({...own, credHelpers})
  })

  test('leaves helpers of other hosts alone', () => {
    expect(configure({credHelpers: {'ghcr.io': 'gh'}}, host, 'T', '/p').credHelpers).toEqual({'ghcr.io': 'gh'})
  })
})

describe('signing in', () => {
  test('writes only into the private directory', async () => {
    await using home = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    const own = join(home.path, '.docker')
    await mkdir(join(own, 'contexts', 'meta'), {recursive: true})
    await writeFile(join(own, 'config.json'), '{"currentContext": "remote"}')
    const world = testWorld({HOME: home.path, USERPROFILE: home.path})

    const docker = await signIn(host, authorization, parent.path, world)

    expect(docker).toEqual({
      directory: join(parent.path, 'docker'),
      env: {
        DOCKER_CONFIG: docker.directory,
        BUILDX_CONFIG: join(own, 'buildx'),
        REGISTRY_AUTH_FILE: join(docker.directory, 'config.json')
      }
    })
    expect(JSON.parse(await readFile(join(docker.directory, 'config.json'), 'utf8'))).toEqual({
      currentContext: 'remote',
      auths: {[host]: {auth: authorization.token}},
      cliPluginsExtraDirs: [join(own, 'cli-plugins')]
    })
    expect((await lstat(join(docker.directory, 'contexts'))).isSymbolicLink()).toBe(true)
    expect(await readdir(join(docker.directory, 'contexts'))).toEqual(['meta'])
    expect(await readFile(join(own, 'config.json'), 'utf8')).toBe('{"currentContext": "remote"}')
    expect(await readdir(own)).toEqual(['config.json', 'contexts'])
  })

  const onUnix = process.platform === 'win32' ? test.skip : test
  onUnix('lets nobody else read it', async () => {
    await using parent = await temporaryDirectory()
    const {directory} = await signIn(host, authorization, parent.path, testWorld({HOME: parent.path}))
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'config.json'))).mode & 0o777).toBe(0o600)
  })

  test('goes by the DOCKER_CONFIG and BUILDX_CONFIG of the job', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), '{"auths": {"ghcr.io": {"auth": "x"}}}')
    const world = testWorld({DOCKER_CONFIG: own.path, BUILDX_CONFIG: '/elsewhere'})
    const {directory, env} = await signIn(host, authorization, parent.path, world)
    expect(env['BUILDX_CONFIG']).toBe('/elsewhere')
    expect(JSON.parse(await readFile(join(directory, 'config.json'), 'utf8'))).toMatchObject({
      auths: {'ghcr.io': {auth: 'x'}, [host]: {auth: authorization.token}}
    })
  })

  test.each(['not JSON', '[]', 'null'])('says that %j is left out, as Docker does', async content => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), content)
    const world = testWorld({DOCKER_CONFIG: own.path})
    await signIn(host, authorization, parent.path, world)
    expect(world.lines).toEqual([`${join(own.path, 'config.json')} is left out: it holds no JSON object`])
  })

  test('shows nothing of a configuration that is broken, because it may hold a login', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    await writeFile(join(own.path, 'config.json'), '{"auths": {"ghcr.io": {"auth": c2VjcmV0')
    const world = testWorld({DOCKER_CONFIG: own.path})
    await signIn(host, authorization, parent.path, world)
    expect(world.lines.join('\n')).not.toContain('c2V')
  })

  test('finds a relative DOCKER_CONFIG from wherever Docker runs', async () => {
    await using own = await temporaryDirectory()
    await using parent = await temporaryDirectory()
    const world = testWorld({DOCKER_CONFIG: relative(process.cwd(), own.path)})
    const {env} = await signIn(host, authorization, parent.path, world)
    expect(env['BUILDX_CONFIG']).toBe(join(own.path, 'buildx'))
  })
})

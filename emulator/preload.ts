/**
 * Hands the sleeps and dates of a Node.js process to the emulator, which the process itself knows nothing of:
 * `node --import …/emulator/preload.ts program.js` with ECS_EMULATOR_CLOCK set to the emulator's clock
 * (`http://127.0.0.1:4566/_emulator/clock`, a stepped clock). Without that variable nothing happens. With ECS_EMULATOR_SPEED
 * time is moved on at so many times the speed of real time, for people to watch, instead of at once.
 */
import {fetchTime, joinClock} from './preload/join.ts'

const clockUrl = process.env['ECS_EMULATOR_CLOCK']
if (clockUrl !== undefined && clockUrl !== '') {
  // Processes that this one starts live in real time: virtual time stands still for them.
  delete process.env['ECS_EMULATOR_CLOCK']
  joinClock(clockUrl, await fetchTime(clockUrl), Number(process.env['ECS_EMULATOR_SPEED'] ?? Infinity))
}

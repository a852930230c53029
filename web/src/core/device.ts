import type { Device } from '../wire'

/** What this device is called in the person's list of sessions. */
export function thisDevice(): Device {
  const agent = navigator.userAgent
  const till = localStorage.getItem('dianmai.device') === 'till'
  const phone = /Android|iPhone|Mobile/i.test(agent)
  return { name: `${browserIn(agent)} · ${systemIn(agent)}`, kind: till ? 'till' : phone ? 'phone' : 'desktop' }
}

function browserIn(agent: string): string {
  if (/MicroMessenger/i.test(agent)) return '微信'
  if (/Edg\//.test(agent)) return 'Edge'
  if (/HuaweiBrowser/.test(agent)) return '华为浏览器'
  if (/Firefox\//.test(agent)) return 'Firefox'
  if (/Chrome\//.test(agent)) return 'Chrome'
  if (/Safari\//.test(agent)) return 'Safari'
  return 'Web'
}

function systemIn(agent: string): string {
  if (/iPhone/.test(agent)) return 'iPhone'
  if (/iPad/.test(agent)) return 'iPad'
  if (/Android/.test(agent)) return 'Android'
  if (/Windows/.test(agent)) return 'Windows'
  if (/Mac OS X/.test(agent)) return 'Mac'
  return 'Linux'
}

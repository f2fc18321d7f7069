// The commune that this phone looked at last; nothing about it leaves the phone.
const key = 'toso.commune';
let kept = null;
try { kept = JSON.parse(localStorage.getItem(key)); } catch (e) { /* storage is shut */ }
const here = document.querySelector('[data-xa]');
if (here) {
  try {
    localStorage.setItem(key, JSON.stringify({ slug: here.dataset.xa, name: here.dataset.ten }));
  } catch (e) { /* full or shut: only the shortcut is missing */ }
}
const place = document.querySelector('xa-nho');
if (place && kept && /^[a-z0-9-]+$/.test(kept.slug) && document.querySelector(`a[href="/gan-nha/${kept.slug}/"]`)) {
  const link = document.createElement('a');
  link.className = 'button';
  link.href = `/gan-nha/${kept.slug}/`;
  link.textContent = kept.name;
  place.append(link);
}

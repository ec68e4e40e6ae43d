// Whatever scrolls can be reached and scrolled with the keyboard alone, and shows that there is more.
const scrollers = "pre, .table-wrapper, .figure";
const showWhatIsCut = (box) => {
  box.classList.toggle("more", box.scrollWidth - box.clientWidth - box.scrollLeft > 1);
  box.classList.toggle("before", box.scrollLeft > 1);
};
const letScrollersBeReached = () => {
  for (const box of document.querySelectorAll(scrollers)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    showWhatIsCut(box);
  }
};
// The page of what was not found has a base, the first page; its own anchors stay within it.
const stayOnThePage = () => {
  if (!document.querySelector("base")) return;
  for (const link of document.querySelectorAll("a[href^='#']")) {
    link.href = location.href.split("#")[0] + link.getAttribute("href");
  }
};
const listen = () => {
  stayOnThePage();
  letScrollersBeReached();
  for (const box of document.querySelectorAll(scrollers)) {
    box.addEventListener("scroll", () => showWhatIsCut(box), { passive: true });
  }
  for (const fold of document.querySelectorAll("details")) {
    fold.addEventListener("toggle", letScrollersBeReached);
  }
};
window.addEventListener("DOMContentLoaded", listen);
window.addEventListener("resize", letScrollersBeReached);

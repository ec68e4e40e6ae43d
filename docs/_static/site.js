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
const listen = () => {
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
